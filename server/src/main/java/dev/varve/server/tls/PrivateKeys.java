package dev.varve.server.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

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
          HexFormat.of().formatHex(RSA), "RSA",
          "2a864886f70d01010a", "RSASSA-PSS",
          HexFormat.of().formatHex(EC), "EC",
          "2b6570", "Ed25519",
          "2b6571", "Ed448");

  private static final byte[] VERSION_0 = Der.element(Der.INTEGER, new byte[] {0});

  /** Bytes of the initialization vector that the key is derived from, too. */
  private static final int SALT_BYTES = 8;

  private PrivateKeys() {}

  /**
   * Returns the first private key of a PEM file.
   *
   * @param password that it is encrypted with, chars standing for bytes; empty: none is known
   * @throws TlsException if there is none, or it can't be read or decrypted
   */
  static PrivateKey read(String pem, String password) throws TlsException {
    byte[] curve = new byte[0];
    for (PemBlock block : PemBlock.all(pem)) {
      try {
        switch (block.label()) {
          case "EC PARAMETERS" -> curve = block.bytes();
          case "PRIVATE KEY" -> {
            return ofPkcs8(block.bytes());
          }
          case "ENCRYPTED PRIVATE KEY" -> {
            return ofPkcs8(decryptPkcs8(block.bytes(), password));
          }
          case "RSA PRIVATE KEY" -> {
            return ofPkcs8(pkcs8(RSA, Der.element(Der.NULL), plain(block, password)));
          }
          case "EC PRIVATE KEY" -> {
            byte[] key = plain(block, password);
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

  private static byte[] decryptPkcs8(byte[] encrypted, String password)
      throws TlsException, GeneralSecurityException {
    requirePassword(password);
    EncryptedPrivateKeyInfo info;
    try {
      info = new EncryptedPrivateKeyInfo(encrypted);
    } catch (java.io.IOException e) {
      throw new TlsException("damaged private key", e);
    }
    // Of the newer scheme the parameters' text is what the JDK calls the algorithm.
    String name = info.getAlgName();
    boolean newer = name.equals("PBES2") || name.equals("1.2.840.113549.1.5.13");
    String algorithm = newer ? info.getAlgParameters().toString() : name;
    PBEKeySpec spec = new PBEKeySpec(password.toCharArray());
    try {
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
          info.getAlgParameters());
      return cipher.doFinal(info.getEncryptedData());
    } catch (javax.crypto.BadPaddingException e) {
      throw new TlsException("the private key's password is another", e);
    } finally {
      spec.clearPassword();
    }
  }

  /** Returns a block's bytes, decrypted if its headers say that they aren't in the clear. */
  private static byte[] plain(PemBlock block, String password)
      throws TlsException, GeneralSecurityException {
    String how = block.headers().get("dek-info");
    if (how == null) {
      return block.bytes();
    }
    requirePassword(password);
    List<String> words = List.of(how.split(",", 2));
    int keyBytes = keyBytes(words.getFirst());
    String algorithm = keyBytes == 24 && how.startsWith("DES") ? "DESede" : "AES";
    byte[] vector;
    try {
      vector = HexFormat.of().parseHex(words.getLast());
    } catch (IllegalArgumentException e) {
      throw new TlsException("damaged DEK-Info", e);
    }
    byte[] key = derive(password.getBytes(StandardCharsets.ISO_8859_1), vector, keyBytes);
    Cipher cipher = Cipher.getInstance(algorithm + "/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE, new SecretKeySpec(key, algorithm), new IvParameterSpec(vector));
    try {
      return cipher.doFinal(block.bytes());
    } catch (javax.crypto.BadPaddingException e) {
      throw new TlsException("the private key's password is another", e);
    }
  }

  private static int keyBytes(String cipher) throws TlsException {
    return switch (cipher) {
      case "AES-128-CBC" -> 16;
      case "AES-192-CBC", "DES-EDE3-CBC" -> 24;
      case "AES-256-CBC" -> 32;
      default -> throw new TlsException("the private key is encrypted by " + cipher);
    };
  }

  /** OpenSSL's own way from a password to a key: MD5 of all that came before, again and again. */
  private static byte[] derive(byte[] password, byte[] vector, int keyBytes)
      throws TlsException, GeneralSecurityException {
    if (vector.length < SALT_BYTES) {
      throw new TlsException("damaged DEK-Info");
    }
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    byte[] key = new byte[keyBytes];
    byte[] last = new byte[0];
    int filled = 0;
    while (filled < keyBytes) {
      md5.update(last);
      md5.update(password);
      md5.update(vector, 0, SALT_BYTES);
      last = md5.digest();
      int taken = Math.min(last.length, keyBytes - filled);
      System.arraycopy(last, 0, key, filled, taken);
      filled += taken;
    }
    Arrays.fill(last, (byte) 0);
    return key;
  }

  private static void requirePassword(String password) throws TlsException {
    if (password.isEmpty()) {
      throw new TlsException("the private key is encrypted, and there is no tls-key-file-pass");
    }
  }
}
