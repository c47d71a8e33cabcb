/** Users: who may log in, and what each may do. */
package dev.varve.server.acl;
