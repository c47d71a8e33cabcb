/**
 * The commands of those who look after the server: what takes long, memory, and what a server alone
 * refuses.
 */
package dev.varve.server.command.admin;
