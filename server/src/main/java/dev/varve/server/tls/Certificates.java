package dev.varve.server.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Certificates in PEM files. */
final class Certificates {
  private Certificates() {}

  /**
   * Returns all certificates of a file in their order.
   *
   * @throws TlsException if there is none, or they can't be read
   */
  static List<X509Certificate> ofFile(Path file) throws TlsException {
    List<X509Certificate> certificates = in(text(file));
    if (certificates.isEmpty()) {
      throw new TlsException("no certificate in it");
    }
    return certificates;
  }

  /**
   * Returns all certificates of a folder's files; a file may have none.
   *
   * @throws TlsException if it can't be read
   */
  static List<X509Certificate> ofFolder(Path folder) throws TlsException {
    List<X509Certificate> certificates = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        certificates.addAll(in(text(file)));
      }
    } catch (IOException e) {
      throw new TlsException(reason(e), e);
    }
    return certificates;
  }

  /**
   * Returns what a file has; what is no PEM may be in any encoding.
   *
   * @throws TlsException if it can't be read
   */
  static String text(Path file) throws TlsException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new TlsException(reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.NoSuchFileException
        ? "No such file or directory"
        : e.toString();
  }

  private static List<X509Certificate> in(String text) throws TlsException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (PemBlock block : PemBlock.all(text)) {
      if (block.label().endsWith("CERTIFICATE")) {
        try {
          certificates.add(
              (X509Certificate)
                  CertificateFactory.getInstance("X.509")
                      .generateCertificate(new ByteArrayInputStream(block.bytes())));
        } catch (CertificateException e) {
          throw new TlsException("damaged certificate: " + e.getMessage(), e);
        }
      }
    }
    return certificates;
  }
}
