package dev.varve.server.tls;

import dev.varve.server.config.Settings.ClientCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates, keys and rules that connections begin with; connections that have begun stay with
 * theirs. Made by the JDK. Immutable, and safe for use by many threads.
 */
public final class TlsContext {
  private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

  /** The longest that a session may be gone on with, in seconds: a week, as TLSv1.3 has it. */
  private static final int LONGEST_SESSION = 7 * 24 * 60 * 60;

  static {
    // Sessions are kept here, as the settings have it, and not by the client in a ticket.
    System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
    // Nobody needs it, and it lets clients have the server compute as much as they like.
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
  }

  private final SSLContext context;
  private final SSLParameters parameters;
  private final boolean keepsSessions;

  private TlsContext(SSLContext context, SSLParameters parameters, boolean keepsSessions) {
    this.context = context;
    this.parameters = parameters;
    this.keepsSessions = keepsSessions;
  }

  /**
   * Reads all files that the settings name.
   *
   * @throws TlsException if TLS can't be had so
   */
  public static TlsContext of(TlsSettings settings) throws TlsException {
    ServerKey key = key(settings);
    List<X509Certificate> authorities = authorities(settings);
    if (settings.clientCertificates() != ClientCertificates.NO && authorities.isEmpty()) {
      throw new TlsException(
          "tls-auth-clients "
              + settings.clientCertificates().name().toLowerCase(Locale.ROOT)
              + ": tls-ca-cert-file or tls-ca-cert-dir must tell whose certificates are good");
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {key}, trust(authorities).getTrustManagers(), null);
      boolean keepsSessions = settings.sessions() && settings.sessionSeconds() > 0;
      keepSessions(context.getServerSessionContext(), settings, keepsSessions);
      return new TlsContext(context, parameters(context, settings), keepsSessions);
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsException(e.getMessage(), e);
    }
  }

  private static ServerKey key(TlsSettings settings) throws TlsException {
    if (settings.certificateFile().isEmpty() || settings.keyFile().isEmpty()) {
      throw new TlsException("TLS needs tls-cert-file and tls-key-file");
    }
    List<X509Certificate> chain =
        read(
            "tls-cert-file",
            settings.certificateFile(),
            () -> Certificates.ofFile(Path.of(settings.certificateFile())));
    return read(
        "tls-key-file",
        settings.keyFile(),
        () -> {
          String pem = Certificates.text(Path.of(settings.keyFile()));
          PrivateKey key = PrivateKeys.read(pem, settings.keyPassword());
          ServerKey both = new ServerKey(chain, key);
          try {
            if (!both.fits()) {
              throw new TlsException("it is not the key of the certificate in tls-cert-file");
            }
          } catch (GeneralSecurityException e) {
            throw new TlsException(e.getMessage(), e);
          }
          return both;
        });
  }

  private static List<X509Certificate> authorities(TlsSettings settings) throws TlsException {
    List<X509Certificate> authorities = new ArrayList<>();
    String file = settings.authoritiesFile();
    if (!file.isEmpty()) {
      authorities.addAll(read("tls-ca-cert-file", file, () -> Certificates.ofFile(Path.of(file))));
    }
    String folder = settings.authoritiesFolder();
    if (!folder.isEmpty()) {
      authorities.addAll(
          read("tls-ca-cert-dir", folder, () -> Certificates.ofFolder(Path.of(folder))));
    }
    return authorities;
  }

  /** Something that is read of a file. */
  private interface Reading<T> {
    T read() throws TlsException;
  }

  /** Reads, and says in errors which setting and file it was. */
  private static <T> T read(String setting, String path, Reading<T> reading) throws TlsException {
    try {
      return reading.read();
    } catch (TlsException e) {
      throw new TlsException(setting + " '" + path + "': " + e.getMessage(), e);
    }
  }

  private static TrustManagerFactory trust(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory;
  }

  private static void keepSessions(
      SSLSessionContext sessions, TlsSettings settings, boolean keepsSessions) {
    sessions.setSessionCacheSize(settings.mostSessions());
    // The JDK offers no session to be gone on with if that were for longer than may be.
    sessions.setSessionTimeout(
        keepsSessions ? Math.min(settings.sessionSeconds(), LONGEST_SESSION) : LONGEST_SESSION + 1);
  }

  private static SSLParameters parameters(SSLContext context, TlsSettings settings)
      throws TlsException {
    SSLParameters parameters = context.getDefaultSSLParameters();
    List<String> suites = new ArrayList<>(suites13(parameters, settings.cipherSuites()));
    suites.addAll(suites12(parameters, settings.ciphers()));
    parameters.setProtocols(protocols(settings.protocols()));
    parameters.setCipherSuites(suites.toArray(String[]::new));
    parameters.setUseCipherSuitesOrder(settings.serverOrder());
    switch (settings.clientCertificates()) {
      case NO -> parameters.setNeedClientAuth(false);
      case YES -> parameters.setNeedClientAuth(true);
      case OPTIONAL -> parameters.setWantClientAuth(true);
    }
    return parameters;
  }

  private static String[] protocols(String given) throws TlsException {
    List<String> protocols = new ArrayList<>();
    for (String word : (given.isEmpty() ? "TLSv1.2 TLSv1.3" : given).split(" ", -1)) {
      switch (word.toLowerCase(Locale.ROOT)) {
        case "" -> {
          // Two blanks.
        }
        case "tlsv1.2" -> protocols.add("TLSv1.2");
        case "tlsv1.3" -> protocols.add("TLSv1.3");
        case "tlsv1", "tlsv1.1" -> LOG.warn("tls-protocols: the JDK refuses {}", word);
        default ->
            throw new TlsException(
                "tls-protocols '"
                    + given
                    + "': only TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3 are known");
      }
    }
    if (protocols.isEmpty()) {
      throw new TlsException("tls-protocols '" + given + "' leaves nothing that the JDK has");
    }
    return protocols.toArray(String[]::new);
  }

  /** Returns suites of TLSv1.3; those that OpenSSL has and the JDK hasn't are passed over. */
  private static List<String> suites13(SSLParameters known, String given) throws TlsException {
    List<String> suites =
        Arrays.stream(known.getCipherSuites())
            .filter(name -> name.startsWith("TLS_") && !name.contains("_WITH_"))
            .filter(name -> !name.endsWith("_SCSV"))
            .toList();
    if (given.isEmpty()) {
      return suites;
    }
    List<String> chosen =
        Arrays.stream(given.split(":", -1)).filter(suites::contains).distinct().toList();
    if (chosen.isEmpty()) {
      throw new TlsException("tls-ciphersuites '" + given + "': the JDK has none of these");
    }
    return chosen;
  }

  private static List<String> suites12(SSLParameters known, String given) throws TlsException {
    List<String> suites =
        Arrays.stream(known.getCipherSuites()).filter(name -> name.contains("_WITH_")).toList();
    if (given.isEmpty()) {
      return suites;
    }
    List<String> chosen = CipherList.choose(given, suites);
    if (chosen.isEmpty()) {
      throw new TlsException("tls-ciphers '" + given + "': the JDK has none of these");
    }
    return chosen;
  }

  /** Returns the server's side of a new connection. */
  SSLEngine newEngine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Whether clients may go on with sessions. */
  boolean keepsSessions() {
    return keepsSessions;
  }
}
