import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import org.jsmpp.DefaultPDUReader;
import org.jsmpp.SynchronizedPDUSender;
import org.jsmpp.bean.MessageState;
import org.jsmpp.session.BindRequest;
import org.jsmpp.session.SMPPServerSession;
import org.jsmpp.session.connection.Connection;
import org.jsmpp.session.connection.socket.SocketConnection;

/**
 * A message centre that obeys: {@code RunCentre <account> <password> <record> <port or 0>}.
 *
 * <p>It prints its port, then takes orders, one a line, and answers each with a line; it ends with its
 * standard input. Orders: {@code next PLAN [TIMES]}, {@code always PLAN}, {@code bind PLAN},
 * {@code receipts off|text|tlv}, {@code receipt ID STATE [FORM]}, {@code state ID STATE},
 * {@code deliver FROM TO ESM CODING HEX}, {@code drop}, {@code unbind}, {@code enquire-after MS},
 * {@code sessions}, {@code reset}.
 */
public final class RunCentre {
    private static final int WRONG_PASSWORD = 0x0E;
    private static final int WRONG_ACCOUNT = 0x0F;
    private static final int WITHIN = 5_000;

    private final Centre centre;
    private final String account;
    private final String password;
    private volatile String bind = "answer";
    private volatile int enquireAfter = 60_000;

    private RunCentre(Centre centre, String account, String password) {
        this.centre = centre;
        this.account = account;
        this.password = password;
    }

    public static void main(String[] arguments) throws Exception {
        Centre centre = new Centre(new Record(arguments[2]));
        RunCentre server = new RunCentre(centre, arguments[0], arguments[1]);
        ServerSocket socket =
            new ServerSocket(Integer.parseInt(arguments[3]), 50, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(() -> server.accept(socket), "accepting");
        accepting.setDaemon(true);
        accepting.start();
        System.out.println(socket.getLocalPort());
        BufferedReader orders =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String said;
            try {
                said = server.obey(order.trim());
            } catch (RuntimeException error) {
                said = "error " + error;
            }
            System.out.println(said);
        }
        System.exit(0); // nobody holds the other end
    }

    private void accept(ServerSocket socket) {
        while (true) {
            try {
                Connection connection = new SocketConnection(socket.accept());
                Thread binding = new Thread(() -> bind(connection), "binding");
                binding.setDaemon(true);
                binding.start();
            } catch (IOException error) {
                return;
            }
        }
    }

    private void bind(Connection connection) {
        try {
            connection.setSoTimeout(WITHIN);
            SMPPServerSession session = new SMPPServerSession(
                connection,
                (now, before, source) -> {
                    if (!now.isBound()) {
                        centre.sessions.remove(source);
                    }
                },
                centre, centre, 3, 1000,
                new SynchronizedPDUSender(new Answers(connection)), new DefaultPDUReader());
            BindRequest request = session.waitForBind(WITHIN);
            if (bind.equals("hang")) {
                return;
            }
            if (!request.getSystemId().equals(account)) {
                request.reject(WRONG_ACCOUNT);
            } else if (!request.getPassword().equals(password)) {
                request.reject(WRONG_PASSWORD);
            } else if (bind.startsWith("refuse ")) {
                request.reject(Integer.decode(bind.substring(7)));
            } else {
                session.setEnquireLinkTimer(enquireAfter);
                centre.sessions.add(session);
                request.accept("centre");
                return;
            }
            session.close();
        } catch (Exception error) {
            try {
                connection.close();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private String obey(String order) {
        String[] words = order.split(" ");
        String rest = order.substring(words[0].length()).trim();
        switch (words[0]) {
            case "next":
                boolean counts = words.length > 2 && words[words.length - 1].matches("x[0-9]+");
                int times = counts ? Integer.parseInt(words[words.length - 1].substring(1)) : 1;
                String plan = counts ? rest.substring(0, rest.lastIndexOf(' ')) : rest;
                centre.plans.addAll(Collections.nCopies(times, plan));
                return "ok";
            case "always":
                centre.always = rest;
                return "ok";
            case "bind":
                bind = rest;
                return "ok";
            case "receipts":
                centre.receipts = rest;
                return "ok";
            case "receipt":
                String form = words.length > 3 ? words[3] : "text";
                centre.deliveries().receipt(words[1], MessageState.valueOf(words[2]), form);
                return "ok";
            case "state":
                centre.states.put(words[1], MessageState.valueOf(words[2]));
                return "ok";
            case "deliver":
                centre.deliveries().add(new Deliveries.Delivery(
                    words[1], words[2], Integer.decode(words[3]), Integer.decode(words[4]),
                    octets(words.length > 5 ? words[5] : "")));
                return "ok";
            case "drop":
                new ArrayList<>(centre.sessions).forEach(SMPPServerSession::close);
                return "ok";
            case "unbind":
                new ArrayList<>(centre.sessions).forEach(SMPPServerSession::unbindAndClose);
                return "ok";
            case "enquire-after":
                enquireAfter = Integer.parseInt(words[1]);
                return "ok";
            case "sessions":
                return "ok " + centre.sessions.size();
            case "reset":
                centre.plans.clear();
                centre.always = "answer";
                centre.receipts = "off";
                centre.deliveries().clear();
                bind = "answer";
                enquireAfter = 60_000;
                return "ok";
            default:
                return "error unknown order";
        }
    }

    private static byte[] octets(String digits) {
        byte[] octets = new byte[digits.length() / 2];
        for (int n = 0; n < octets.length; n++) {
            octets[n] = (byte) Integer.parseInt(digits.substring(2 * n, 2 * n + 2), 16);
        }
        return octets;
    }
}
