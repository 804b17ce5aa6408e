import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One node, from its jars alone: {@code RunNode <home> <config> key=value…}. */
public final class RunNode {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Path config = Path.of(arguments[1]);
        Map<String, String> overrides = new HashMap<>();
        for (int n = 2; n < arguments.length; n++) {
            String[] parts = arguments[n].split("=", 2);
            overrides.put(parts[0], parts[1]);
        }
        LogConfigurator.registerErrorListener();
        LogConfigurator.loadLog4jPlugins();
        Settings settings = Settings.builder().put("path.home", home.toString()).build();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings, overrides, config, () -> overrides.getOrDefault("node.name", "node"));
        LogConfigurator.configure(environment, true);
        // false: no exports to named modules, because this is a plain class path
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir()),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir()),
            Map.of(),
            false);
        Node node = new Node(environment, plugins);
        node.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        // the one who started this node holds the other end: when he is gone, even killed, so are we
        while (System.in.read() != -1) {
            continue;
        }
        System.exit(0);
    }

    private static void close(Node node) {
        try {
            node.prepareForClose();
            node.close();
            node.awaitClose(20, TimeUnit.SECONDS);
        } catch (Exception error) {
            error.printStackTrace();
        }
    }

    private RunNode() {}
}
