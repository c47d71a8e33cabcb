/** ACL: users and what they may do. */
package dev.varve.server.command.acl;
