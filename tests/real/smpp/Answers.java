import java.io.IOException;
import java.io.OutputStream;
import org.jsmpp.DefaultPDUSender;
import org.jsmpp.PDUStringException;
import org.jsmpp.bean.OptionalParameter;
import org.jsmpp.session.connection.Connection;

/** Sends answers to submit_sm as ordered: none, two, a wrong one first, or none ever again. */
final class Answers extends DefaultPDUSender {
    /** What to do with the submit_sm that this thread is about to answer. */
    static final ThreadLocal<String> PLAN = ThreadLocal.withInitial(() -> "answer");

    private static final int INVALID_COMMAND = 3;
    private final Connection connection;

    Answers(Connection connection) {
        this.connection = connection;
    }

    @Override
    public byte[] sendSubmitSmResp(OutputStream out, int sequence, String id, OptionalParameter... more)
            throws PDUStringException, IOException {
        switch (PLAN.get()) {
            case "hang":
                return new byte[0];
            case "drop-before":
                connection.close();
                return new byte[0];
            case "drop-after":
                byte[] sent = super.sendSubmitSmResp(out, sequence, id, more);
                connection.close();
                return sent;
            case "twice":
                super.sendSubmitSmResp(out, sequence, id, more);
                return super.sendSubmitSmResp(out, sequence, "twice-" + id, more);
            case "strange":
                super.sendSubmitSmResp(out, sequence + 1, "strange-" + id, more);
                super.sendEnquireLinkResp(out, sequence);
                return super.sendSubmitSmResp(out, sequence, id, more);
            case "nack":
                return super.sendGenericNack(out, INVALID_COMMAND, sequence);
            case "nack-unnumbered":
                return super.sendGenericNack(out, INVALID_COMMAND, 0);
            default:
                return super.sendSubmitSmResp(out, sequence, id, more);
        }
    }
}
