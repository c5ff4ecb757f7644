module.exports = {
  tophamyon: {
    input: "../../functions/docs/openapi.yaml",
    output: { target: "generated/client.ts", client: "fetch", mode: "single", baseUrl: process.env.TOPHAMYON_URL },
  },
};
