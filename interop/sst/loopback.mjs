// Preloaded: nothing but this machine can be reached, and `*.localhost` is this machine, as RFC 6761 has it.
import dns from "node:dns";
import net from "node:net";

const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const host = options?.host ?? "localhost";
  if (!options?.path && !/^(127\.0\.0\.1|::1|(.+\.)?localhost)$/.test(host)) {
    throw new Error(`${host} is not loopback`);
  }
  return connect.apply(this, args);
};
