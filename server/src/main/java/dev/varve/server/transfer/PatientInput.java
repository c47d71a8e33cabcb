package dev.varve.server.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;

/** A socket's input that does something each time that nothing has come for a while. */
final class PatientInput extends InputStream {
  private final InputStream in;
  private final Runnable meanwhile;

  /**
   * @param in throws {@link SocketTimeoutException} when nothing has come for a while
   */
  PatientInput(InputStream in, Runnable meanwhile) {
    this.in = in;
    this.meanwhile = meanwhile;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (true) {
      try {
        return in.read(target, offset, length);
      } catch (SocketTimeoutException e) {
        meanwhile.run();
      } catch (IOException e) {
        throw new SourceLostException(e.getMessage(), e);
      }
    }
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }
}
