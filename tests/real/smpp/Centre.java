import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jsmpp.bean.BroadcastSm;
import org.jsmpp.bean.CancelBroadcastSm;
import org.jsmpp.bean.CancelSm;
import org.jsmpp.bean.DataSm;
import org.jsmpp.bean.EnquireLink;
import org.jsmpp.bean.MessageState;
import org.jsmpp.bean.OptionalParameter;
import org.jsmpp.bean.QueryBroadcastSm;
import org.jsmpp.bean.QuerySm;
import org.jsmpp.bean.ReplaceSm;
import org.jsmpp.bean.SubmitMulti;
import org.jsmpp.bean.SubmitSm;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.session.BroadcastSmResult;
import org.jsmpp.session.DataSmResult;
import org.jsmpp.session.QueryBroadcastSmResult;
import org.jsmpp.session.QuerySmResult;
import org.jsmpp.session.SMPPServerSession;
import org.jsmpp.session.ServerMessageReceiverListener;
import org.jsmpp.session.ServerResponseDeliveryListener;
import org.jsmpp.session.Session;
import org.jsmpp.session.SubmitMultiResult;
import org.jsmpp.session.SubmitSmResult;
import org.jsmpp.util.MessageId;

/** Takes messages, writes each down before it answers, and remembers what became of it. */
final class Centre implements ServerMessageReceiverListener, ServerResponseDeliveryListener {
    /** A message that was taken. */
    record Taken(String id, String source, String destination) {}

    static final int INVALID_COMMAND = 0x03;
    static final int INVALID_MESSAGE = 0x0C;

    final Set<SMPPServerSession> sessions = ConcurrentHashMap.newKeySet();
    final Map<String, Taken> taken = new ConcurrentHashMap<>();
    final Map<String, MessageState> states = new ConcurrentHashMap<>();
    final Queue<String> plans = new ConcurrentLinkedQueue<>();
    volatile String always = "answer";
    volatile String receipts = "off";

    private final Record record;
    private final Deliveries deliveries;
    private final String run = Long.toHexString(System.nanoTime());
    private final AtomicInteger counted = new AtomicInteger();

    Centre(Record record) {
        this.record = record;
        this.deliveries = new Deliveries(this, record);
    }

    Deliveries deliveries() {
        return deliveries;
    }

    @Override
    public SubmitSmResult onAcceptSubmitSm(SubmitSm message, SMPPServerSession session)
            throws ProcessRequestException {
        String next = plans.poll();
        String plan = next == null ? always : next;
        Answers.PLAN.set(plan);
        if (plan.startsWith("refuse ")) {
            throw new ProcessRequestException("as ordered", Integer.decode(plan.substring(7)));
        }
        String id = run + "-" + counted.incrementAndGet();
        if (plan.startsWith("nack")) {
            return result(id);
        }
        record.add(
            "kind", "submit",
            "id", id,
            "session", session.getSessionId(),
            "sequence", message.getSequenceNumber(),
            "source", message.getSourceAddr(),
            "destination", message.getDestAddress(),
            "esm_class", message.getEsmClass() & 0xFF,
            "data_coding", message.getDataCoding() & 0xFF,
            "registered", message.getRegisteredDelivery() & 0xFF,
            "octets", Record.hex(message.getShortMessage()));
        taken.put(id, new Taken(id, message.getSourceAddr(), message.getDestAddress()));
        states.put(id, MessageState.ENROUTE);
        return result(id);
    }

    @Override
    public void onSubmitSmRespSent(SubmitSmResult result, SMPPServerSession session) {
        if (!receipts.equals("off") && taken.containsKey(result.getMessageId())) {
            deliveries.receipt(result.getMessageId(), MessageState.DELIVERED, receipts);
        }
    }

    @Override
    public QuerySmResult onAcceptQuerySm(QuerySm query, SMPPServerSession session)
            throws ProcessRequestException {
        Taken message = taken.get(query.getMessageId());
        if (message == null || !message.source().equals(query.getSourceAddr())) {
            throw new ProcessRequestException("no such message", INVALID_MESSAGE);
        }
        return new QuerySmResult(null, states.get(message.id()), (byte) 0);
    }

    @Override
    public void onAcceptEnquireLink(EnquireLink asked, Session session) {}

    @Override
    public void onSubmitSmRespError(SubmitSmResult result, Exception cause, SMPPServerSession session) {}

    @Override
    public void onSubmitMultiRespSent(SubmitMultiResult result, SMPPServerSession session) {}

    @Override
    public void onSubmitMultiRespError(
            SubmitMultiResult result, Exception cause, SMPPServerSession session) {}

    @Override
    public SubmitMultiResult onAcceptSubmitMulti(SubmitMulti message, SMPPServerSession session)
            throws ProcessRequestException {
        throw unknown();
    }

    @Override
    public DataSmResult onAcceptDataSm(DataSm message, Session session) throws ProcessRequestException {
        throw unknown();
    }

    @Override
    public void onAcceptReplaceSm(ReplaceSm message, SMPPServerSession session)
            throws ProcessRequestException {
        throw unknown();
    }

    @Override
    public void onAcceptCancelSm(CancelSm message, SMPPServerSession session)
            throws ProcessRequestException {
        throw unknown();
    }

    @Override
    public BroadcastSmResult onAcceptBroadcastSm(BroadcastSm message, SMPPServerSession session)
            throws ProcessRequestException {
        throw unknown();
    }

    @Override
    public void onAcceptCancelBroadcastSm(CancelBroadcastSm message, SMPPServerSession session)
            throws ProcessRequestException {
        throw unknown();
    }

    @Override
    public QueryBroadcastSmResult onAcceptQueryBroadcastSm(
            QueryBroadcastSm message, SMPPServerSession session) throws ProcessRequestException {
        throw unknown();
    }

    private static SubmitSmResult result(String id) {
        try {
            return new SubmitSmResult(new MessageId(id), new OptionalParameter[0]);
        } catch (org.jsmpp.PDUStringException error) {
            throw new IllegalStateException(error);
        }
    }

    private static ProcessRequestException unknown() {
        return new ProcessRequestException("not offered", INVALID_COMMAND);
    }
}
