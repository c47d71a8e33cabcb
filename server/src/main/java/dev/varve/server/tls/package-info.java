/** TLS between the socket and a connection: certificates, keys, cipher suites, and the handlers. */
package dev.varve.server.tls;
