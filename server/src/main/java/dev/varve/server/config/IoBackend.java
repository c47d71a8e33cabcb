package dev.varve.server.config;

/** By which system calls the network is driven. */
public enum IoBackend {
  /** Epoll where it is, NIO elsewhere. */
  AUTO,
  /** Linux: epoll. */
  EPOLL,
  /** Linux 5.9 and newer, if the container's rules allow it: io_uring. */
  IO_URING,
  /** The JDK's selectors, everywhere. */
  NIO
}
