import http from "node:http";
import { accessibilityFaults, expect, test } from "../support/test.ts";
import { serverCertificate } from "../support/material.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";

const SECRET = "a secret of enough characters";

/** A web server that keeps what is posted to it. */
async function receiver(): Promise<{ url: string; types: string[]; close: () => void }> {
  const types: string[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      types.push(`${JSON.parse(body).type} ${JSON.parse(body).data.id} ${String(request.headers["webhook-signature"]).slice(0, 3)}`);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/`, types, close: () => server.close() };
}

test.describe("Alarms", () => {
  test("somebody takes note of one, it goes out to a web server, and clears when it is mended", async ({ page, ca }) => {
    const hook = await receiver();
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Alarms");
    const alarm = page.getByRole("listitem", { name: "temporary-certificate" });
    await expect(alarm.getByText("Warning", { exact: true })).toBeVisible();
    await expect(alarm.getByRole("link", { name: "Server certificate" })).toBeVisible();
    await alarm.getByLabel("Note on temporary-certificate").fill("ordered from the CA");
    await alarm.getByRole("button", { name: "Acknowledge" }).click();
    await expect(alarm.getByText("ordered from the CA")).toBeVisible();
    await expect(alarm.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);

    const delivery = page.getByRole("region", { name: "Delivery", exact: true });
    await delivery.getByLabel("Deliver by webhook").check();
    await delivery.getByLabel("URL").fill(hook.url);
    await delivery.getByLabel(/^Secret that messages are signed with/).fill(SECRET);
    await delivery.getByRole("button", { name: "Save delivery" }).click();
    await cas.frame.confirm();
    await expect(cas.frame.notice("The settings are saved.")).toBeVisible();
    await expect.poll(() => hook.types).toContain("alarm.raised temporary-certificate v1,");
    await expect(delivery.getByText("The node keeps one.")).toBeVisible();
    await delivery.getByRole("button", { name: "Send a test message by webhook" }).click();
    await expect(delivery.getByText("The server took it: 204 No Content.")).toBeVisible();
    expect(hook.types).toContain("alarm.test test v1,");
    const log = page.getByRole("region", { name: "Delivery log" });
    await log.getByRole("button", { name: "Show the latest" }).click();
    await expect(log.getByRole("row", { name: /raised temporary-certificate.*Sent/ })).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);

    const days = page.getByRole("region", { name: "Warnings of expiry" });
    await expect(days.getByLabel("Server certificate, days")).toHaveValue("60, 30, 21, 7, 1");
    await days.getByLabel("Server certificate, days").fill("5; 1");
    await days.getByRole("button", { name: "Save days" }).click();
    await expect(days.getByRole("alert")).toContainText("Nothing was changed");
    await days.getByLabel("Server certificate, days").fill("1, 5");
    await days.getByRole("button", { name: "Save days" }).click();
    await expect(days.getByLabel("Server certificate, days")).toHaveValue("5, 1");

    await cas.frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    await certificate.give(serverCertificate(ca, { days: 30 }));
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();
    await cas.frame.goTo("Alarms");
    await expect(page.getByText("No alarms", { exact: true }).last()).toBeVisible();
    await expect.poll(() => hook.types).toContain("alarm.cleared temporary-certificate v1,");

    await cas.frame.goTo("What happens when");
    await expect(page.getByRole("img", { name: /ends on a time line/ })).toBeVisible();
    await expect(page.getByRole("row", { name: /The active server certificate expires/ })).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    hook.close();
  });
});
