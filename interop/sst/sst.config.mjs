// The app of the tests, as SST declares it.
export default {
  config() {
    return { name: "orders", region: "us-east-1" };
  },
  stacks() {},
};
