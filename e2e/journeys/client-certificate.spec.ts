import { expect, test } from "../support/test.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { UploadPanel } from "../pages/upload-panel.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { askingServer } from "../support/https.ts";
import { fingerprint, serverCertificate } from "../support/material.ts";

test.describe("The client certificate", () => {
  test("is judged as one, loaded, and can be copied from the server certificate", async ({ page, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Server certificate");
    const server = new ServerCertificate(page);
    await server.give(serverCertificate(ca));
    await server.upload();
    await expect(server.outcome.getByText(/^Stored and loaded/)).toBeVisible();
    await cas.frame.goTo("Client certificate");
    const panel = new UploadPanel(page.getByRole("region", { name: "Upload new certificate" }));
    const active = page.getByRole("region", { name: "Active: shown now" });
    await active.waitFor();

    const serverOnly = serverCertificate(ca, { usages: "serverAuth" });
    await panel.give("Client certificate", "server.pem", serverOnly.certificate);
    await panel.give("Client private key", "server.key", serverOnly.key);
    await expect(panel.finding("The certificate cannot act as a client: its extended key usage lacks clientAuth")).toBeVisible();

    const client = serverCertificate(ca, { commonName: "client.example.com", names: ["DNS:client.example.com"], usages: "clientAuth" });
    await panel.give("Client certificate", "client.pem", client.certificate);
    await panel.give("Client private key", "client.key", client.key);
    await panel.judged();
    await panel.button("Upload client certificate data").click();
    await expect(active.getByText("client.example.com").first()).toBeVisible();

    await page.getByRole("button", { name: "Copy server certificate as client certificate" }).click();
    await expect(active.getByText("expe1.example.com").first()).toBeVisible();
  });

  test("is shown to a TLS server that asks for one, and the page says how the server received it", async ({ page, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Client certificate");
    const panel = new UploadPanel(page.getByRole("region", { name: "Upload new certificate" }));
    const client = serverCertificate(ca, { commonName: "client.example.com", names: ["DNS:client.example.com"], usages: "clientAuth" });
    await panel.give("Client certificate", "client.pem", client.certificate);
    await panel.give("Client private key", "client.key", client.key);
    await panel.judged();
    await panel.button("Upload client certificate data").click();
    await expect(page.getByRole("region", { name: "Active: shown now" }).getByText("client.example.com").first()).toBeVisible();

    await page.getByRole("main").getByRole("link", { name: "Client certificate testing" }).click();
    const attempt = page.getByRole("region", { name: "Connection test" });
    const server = await askingServer(serverCertificate(ca, { names: ["DNS:localhost"] }), ca.certificate);
    const connect = async (host: string) => {
      await attempt.getByLabel("Host", { exact: true }).fill(host);
      await attempt.getByLabel("Port").fill(String(server.port));
      await attempt.getByRole("button", { name: "Test the connection" }).click();
    };
    await connect("localhost");
    await expect(attempt.getByText("It asked for a certificate, and was shown the active client certificate.")).toBeVisible();
    await expect(attempt.getByText(/^The server took the connection \(TLSv1_[23]\)\.$/)).toBeVisible();
    const theirs = attempt.getByRole("region", { name: "Their chain, as the node judges it" });
    await expect(theirs.getByText("It has this name and chains to the trusted CA list.")).toBeVisible();
    const ours = attempt.getByRole("region", { name: "Our chain, as they were shown it" });
    await expect(ours.getByText("Accepted by them", { exact: true })).toBeVisible();
    for (const side of [theirs, ours]) {
      await expect(side.getByRole("list", { name: /^Chain of trust/ }).getByText("Root, in the trusted CA list")).toBeVisible();
    }
    expect(server.shown()).toEqual([fingerprint(client.certificate)]);
    await connect("127.0.0.1");
    await expect(theirs.getByText("What stands against it:")).toBeVisible();
    await attempt.getByLabel("TLS verify name").fill("localhost");
    await connect("127.0.0.1");
    await expect(theirs.getByText("It has this name and chains to the trusted CA list.")).toBeVisible();
    await attempt.getByLabel("TLS verify name").fill("");
    await server.close();
    await connect("localhost");
    await expect(attempt.getByText("The server did not take the connection.")).toBeVisible();
    await expect(attempt.getByText(/^What went wrong: /)).toBeVisible();
  });
});
