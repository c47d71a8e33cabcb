package dev.varve.server.tls;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.Map;

/**
 * Private keys in PEM, in all of the forms in which OpenSSL writes them: PKCS#8, PKCS#1 (RSA) and
 * SEC1 (EC), each in the clear or encrypted.
 */
final class PrivateKeys {
  private static final byte[] RSA = HexFormat.of().parseHex("2a864886f70d010101");
  private static final byte[] EC = HexFormat.of().parseHex("2a8648ce3d0201");

  /** The JDK's names of algorithms by their object identifiers, in hexadecimal. */
  private static final Map<String, String> ALGORITHMS =
      Map.of(
          HexFormat.of().formatHex(RSA),
          "RSA",
          "2a864886f70d01010a",
          "RSASSA-PSS",
          HexFormat.of().formatHex(EC),
          "EC",
          "2b6570",
          "Ed25519",
          "2b6571",
          "Ed448");

  private static final byte[] VERSION_0 = Der.element(Der.INTEGER, new byte[] {0});

  private PrivateKeys() {}

  /**
   * Returns the first private key of a PEM file.
   *
   * @param password that it is encrypted with, chars standing for bytes; empty: none is known
   * @throws TlsException if there is none, or it can't be read or decrypted
   */
  static PrivateKey read(String pem, String password) throws TlsException {
    KeyEncryption encryption = new KeyEncryption(password);
    byte[] curve = new byte[0];
    for (PemBlock block : PemBlock.all(pem)) {
      try {
        switch (block.label()) {
          case "EC PARAMETERS" -> curve = block.bytes();
          case "PRIVATE KEY" -> {
            return ofPkcs8(block.bytes());
          }
          case "ENCRYPTED PRIVATE KEY" -> {
            return ofPkcs8(encryption.decryptPkcs8(block.bytes()));
          }
          case "RSA PRIVATE KEY" -> {
            return ofPkcs8(pkcs8(RSA, Der.element(Der.NULL), encryption.plain(block)));
          }
          case "EC PRIVATE KEY" -> {
            byte[] key = encryption.plain(block);
            return ofPkcs8(pkcs8(EC, curveOf(key, curve), key));
          }
          default -> {
            // Certificates may stand in the same file.
          }
        }
      } catch (GeneralSecurityException e) {
        throw new TlsException(e.getMessage(), e);
      }
    }
    throw new TlsException("no private key in it");
  }

  private static PrivateKey ofPkcs8(byte[] encoded) throws TlsException, GeneralSecurityException {
    Der key = new Der(new Der(encoded).next(Der.SEQUENCE));
    key.next(Der.INTEGER);
    byte[] identifier = new Der(key.next(Der.SEQUENCE)).next(Der.OBJECT_IDENTIFIER);
    String algorithm = ALGORITHMS.get(HexFormat.of().formatHex(identifier));
    if (algorithm == null) {
      throw new TlsException("the JDK has TLS with keys of RSA, EC and EdDSA alone");
    }
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  /** Returns a key of an algorithm's own form in the form of all algorithms. */
  private static byte[] pkcs8(byte[] algorithm, byte[] parameters, byte[] key) {
    byte[] identifier =
        Der.element(Der.SEQUENCE, Der.element(Der.OBJECT_IDENTIFIER, algorithm), parameters);
    return Der.element(Der.SEQUENCE, VERSION_0, identifier, Der.element(Der.OCTET_STRING, key));
  }

  /** Returns which curve an EC key is of: as it says itself, or else the block before it. */
  private static byte[] curveOf(byte[] key, byte[] before) throws TlsException {
    Der parts = new Der(new Der(key).next(Der.SEQUENCE));
    parts.next(Der.INTEGER);
    parts.next(Der.OCTET_STRING);
    if (parts.hasNext() && parts.tag() == Der.FIRST_OPTIONAL) {
      return parts.next();
    }
    if (before.length == 0) {
      throw new TlsException("an EC key that doesn't say its curve");
    }
    return before;
  }
}
