/** The account that every server of the bench plays. */
export const account = {
  token: "benchmarkbenchmarkbenchmark",
  appId: "wxba5fad812f8e6fb9",
  encodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
};
