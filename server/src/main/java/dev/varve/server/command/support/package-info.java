/** What the command families share: arguments, errors, patterns. */
package dev.varve.server.command.support;
