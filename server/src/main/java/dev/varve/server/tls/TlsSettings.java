package dev.varve.server.tls;

import dev.varve.server.config.Setting;
import dev.varve.server.config.SettingValues;
import dev.varve.server.config.Settings;
import dev.varve.server.config.Settings.ClientCertificates;
import java.util.Set;

/**
 * What the settings say of TLS. Texts are empty where nothing was said.
 *
 * @param certificateFile the server's certificate and those that lead to its authority
 * @param keyFile the certificate's private key
 * @param keyPassword what the key is encrypted with
 * @param authoritiesFile certificates that clients' certificates must come from
 * @param authoritiesFolder a folder of more of them
 * @param clientCertificates whether clients must have one
 * @param protocols versions of TLS with blanks between
 * @param ciphers cipher suites of TLSv1.2, see {@link CipherList}
 * @param cipherSuites cipher suites of TLSv1.3, with colons between
 * @param serverOrder whether the server's order of cipher suites decides
 * @param sessions whether sessions are kept
 * @param mostSessions that are kept; 0: no limit
 * @param sessionSeconds for which they are kept; 0: not at all
 */
public record TlsSettings(
    String certificateFile,
    String keyFile,
    String keyPassword,
    String authoritiesFile,
    String authoritiesFolder,
    ClientCertificates clientCertificates,
    String protocols,
    String ciphers,
    String cipherSuites,
    boolean serverOrder,
    boolean sessions,
    int mostSessions,
    int sessionSeconds) {

  /** All settings that TLS goes by. */
  public static final Set<Setting<?>> SETTINGS =
      Set.of(
          Settings.TLS_PORT,
          Settings.TLS_CERTIFICATE,
          Settings.TLS_KEY,
          Settings.TLS_KEY_PASSWORD,
          Settings.TLS_AUTHORITIES,
          Settings.TLS_AUTHORITIES_FOLDER,
          Settings.TLS_CLIENT_CERTIFICATES,
          Settings.TLS_PROTOCOLS,
          Settings.TLS_CIPHERS,
          Settings.TLS_CIPHER_SUITES,
          Settings.TLS_PREFER_SERVER_CIPHERS,
          Settings.TLS_SESSION_CACHING,
          Settings.TLS_SESSION_CACHE_SIZE,
          Settings.TLS_SESSION_CACHE_TIMEOUT);

  /** Returns what these values say. */
  public static TlsSettings of(SettingValues values) {
    return new TlsSettings(
        values.get(Settings.TLS_CERTIFICATE),
        values.get(Settings.TLS_KEY),
        values.get(Settings.TLS_KEY_PASSWORD),
        values.get(Settings.TLS_AUTHORITIES),
        values.get(Settings.TLS_AUTHORITIES_FOLDER),
        values.get(Settings.TLS_CLIENT_CERTIFICATES),
        values.get(Settings.TLS_PROTOCOLS),
        values.get(Settings.TLS_CIPHERS),
        values.get(Settings.TLS_CIPHER_SUITES),
        values.get(Settings.TLS_PREFER_SERVER_CIPHERS),
        values.get(Settings.TLS_SESSION_CACHING),
        values.get(Settings.TLS_SESSION_CACHE_SIZE),
        values.get(Settings.TLS_SESSION_CACHE_TIMEOUT));
  }

  /** Shows no password. */
  @Override
  public String toString() {
    return "TLS by " + certificateFile;
  }
}
