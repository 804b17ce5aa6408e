import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jsmpp.bean.DataCoding;
import org.jsmpp.bean.ESMClass;
import org.jsmpp.bean.MessageState;
import org.jsmpp.bean.NumberingPlanIndicator;
import org.jsmpp.bean.OptionalParameter;
import org.jsmpp.bean.RawDataCoding;
import org.jsmpp.bean.RegisteredDelivery;
import org.jsmpp.bean.TypeOfNumber;
import org.jsmpp.extra.NegativeResponseException;
import org.jsmpp.session.SMPPServerSession;

/** Hands over receipts and replies, one after the other, until each is acknowledged. */
final class Deliveries implements Runnable {
    /** One deliver_sm. */
    record Delivery(
        String source, String destination, int esmClass, int coding, byte[] octets, OptionalParameter... more) {}

    private static final int RECEIPT = 0x04;
    private static final int PAUSE = 200;

    private final Centre centre;
    private final Record record;
    private final BlockingQueue<Delivery> waiting = new LinkedBlockingQueue<>();
    private volatile int cleared;

    Deliveries(Centre centre, Record record) {
        this.centre = centre;
        this.record = record;
        Thread thread = new Thread(this, "deliveries");
        thread.setDaemon(true);
        thread.start();
    }

    void add(Delivery delivery) {
        waiting.add(delivery);
    }

    synchronized void clear() {
        cleared++;
        waiting.clear();
    }

    /** A receipt, its facts in the text ("text") or in optional parameters ("tlv"). */
    void receipt(String id, MessageState state, String form) {
        Centre.Taken message = centre.taken.get(id);
        centre.states.put(id, state);
        if (form.equals("tlv")) {
            add(new Delivery(
                message.destination(), message.source(), RECEIPT, 0, new byte[0],
                new OptionalParameter.Receipted_message_id(id),
                new OptionalParameter.Message_state(state.value())));
            return;
        }
        String text = "id:" + id + " sub:001 dlvrd:001 submit date:2601010830 done date:2601010831 stat:"
            + word(state) + " err:" + (state == MessageState.DELIVERED ? "000" : "042") + " text:stat:FALSE";
        add(new Delivery(
            message.destination(), message.source(), RECEIPT, 0, text.getBytes(StandardCharsets.US_ASCII)));
    }

    @Override
    public void run() {
        try {
            while (true) {
                Delivery delivery = waiting.take();
                int before = cleared;
                while (cleared == before && !handedOver(delivery)) {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean handedOver(Delivery delivery) {
        SMPPServerSession session = centre.sessions.stream().findAny().orElse(null);
        if (session == null) {
            return false;
        }
        int status = 0;
        try {
            session.deliverShortMessage(
                "", TypeOfNumber.UNKNOWN, NumberingPlanIndicator.ISDN, delivery.source(),
                TypeOfNumber.UNKNOWN, NumberingPlanIndicator.ISDN, delivery.destination(),
                new ESMClass(delivery.esmClass()), (byte) 0, (byte) 0, new RegisteredDelivery(0),
                coding(delivery.coding()), delivery.octets(), delivery.more());
        } catch (NegativeResponseException refused) {
            status = refused.getCommandStatus();
        } catch (Exception lost) {
            status = -1;
        }
        record.add("kind", "delivery", "from", delivery.source(), "status", status);
        return status == 0 || status == 0x65;
    }

    private static DataCoding coding(int octet) {
        return new RawDataCoding((byte) octet);
    }

    private static String word(MessageState state) {
        switch (state) {
            case DELIVERED: return "DELIVRD";
            case UNDELIVERABLE: return "UNDELIV";
            case ACCEPTED: return "ACCEPTD";
            case REJECTED: return "REJECTD";
            default: return state.name();
        }
    }
}
