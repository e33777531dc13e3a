// The engine of the Java world behind a plain HTTP server: take a SOAP envelope, validate and verify the edXML document
// in it, insert it with a commit, publish it with a confirm, acknowledge. Nothing else: no outbox, receipt, seal or
// route. Arguments: port, threads, folder of schemas, certificate file, broker's URI, database's JDBC URL.
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.UUID;
import java.util.concurrent.Executors;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.apache.xml.security.Init;
import org.apache.xml.security.signature.XMLSignature;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

public final class Peer {
  private static final String EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
  private static final String DSIG = "http://www.w3.org/2000/09/xmldsig#";

  private static Schema schema;
  private static X509Certificate sender;
  private static Connection broker;
  private static String database;

  /** What each thread keeps: a parser, a validator, a statement on a connection of its own, a channel with confirms. */
  private static final ThreadLocal<Desk> DESKS = ThreadLocal.withInitial(Peer::desk);

  private record Desk(DocumentBuilder parser, Validator validator, PreparedStatement insert, Channel channel) {}

  public static void main(String[] args) throws Exception {
    Init.init();
    schema = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
        .newSchema(new File(args[2], "document.xsd"));
    try (InputStream certificate = Files.newInputStream(Path.of(args[3]))) {
      sender = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(certificate);
    }
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(args[4]);
    broker = factory.newConnection();
    database = args[5];
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 256);
    server.setExecutor(Executors.newFixedThreadPool(Integer.parseInt(args[1])));
    server.createContext("/soap", Peer::serve);
    server.start();
  }

  private static Desk desk() {
    try {
      DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
      parsers.setNamespaceAware(true);
      parsers.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      PreparedStatement insert = DriverManager.getConnection(database)
          .prepareStatement("INSERT INTO peer (id, octets) VALUES (?, ?)");
      Channel channel = broker.createChannel();
      channel.confirmSelect();
      return new Desk(parsers.newDocumentBuilder(), schema.newValidator(), insert, channel);
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private static void serve(HttpExchange call) {
    try (call) {
      byte[] said;
      int status = 200;
      try {
        said = ("<Ack xmlns=\"urn:peer\">" + taken(call.getRequestBody().readAllBytes()) + "</Ack>")
            .getBytes(StandardCharsets.UTF_8);
      } catch (Exception error) {
        status = 500;
        said = error.toString().getBytes(StandardCharsets.UTF_8);
      }
      call.getResponseHeaders().set("Content-Type", "text/xml; charset=utf-8");
      call.sendResponseHeaders(status, said.length);
      call.getResponseBody().write(said);
    } catch (java.io.IOException gone) {
      // the caller hung up
    }
  }

  private static String taken(byte[] octets) throws Exception {
    Desk desk = DESKS.get();
    Document document = inside(desk.parser(), octets);
    desk.validator().validate(new DOMSource(document));
    Element signature = (Element) document.getElementsByTagNameNS(DSIG, "Signature").item(0);
    if (!new XMLSignature(signature, "", true).checkSignatureValue(sender)) {
      throw new SecurityException("the signature does not verify");
    }
    String id = UUID.randomUUID().toString();
    desk.insert().setString(1, id);
    desk.insert().setBytes(2, octets);
    desk.insert().executeUpdate();
    desk.channel().basicPublish("", "peer", MessageProperties.PERSISTENT_TEXT_PLAIN, octets);
    desk.channel().waitForConfirmsOrDie(5000);
    return id;
  }

  /** The signed document out of its SOAP envelope, as a document of its own: that is what the signature covers. */
  private static Document inside(DocumentBuilder parser, byte[] octets) throws Exception {
    Document call = parser.parse(new ByteArrayInputStream(octets));
    Node root = call.getElementsByTagNameNS(EDXML, "edXML").item(0);
    Document document = parser.newDocument();
    document.appendChild(document.adoptNode(root));
    return document;
  }
}
