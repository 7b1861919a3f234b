// Preloaded: nothing but this machine can be reached, and `*.localhost` is this machine, as RFC 6761 has it.
import dns from "node:dns";
import net from "node:net";

const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  // Node's own callers give one array of all arguments.
  const [target, second] = Array.isArray(args[0]) ? args[0] : args;
  const host = (typeof target === "object" ? target.host : second) ?? "localhost";
  const isPath = typeof target === "object" && target.path !== undefined && target.port === undefined;
  if (!isPath && !/^(127\.0\.0\.1|::1|(.+\.)?localhost)$/.test(host)) {
    throw new Error(`${host} is not loopback`);
  }
  return connect.apply(this, args);
};
