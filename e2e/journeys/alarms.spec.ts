import http from "node:http";
import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { turns } from "../support/calendar.ts";
import { type Answer, https } from "../support/https.ts";
import { MailServer } from "../support/mail.ts";
import { serverCertificate } from "../support/material.ts";
import { pictures } from "../support/pictures.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";

const SECRET = "a secret of enough characters";

/** A mail server for those that want one. */
const test = base.extend<{ mail: MailServer }>({
  mail: async ({}, use) => {
    const mail = await MailServer.start();
    await use(mail);
    await mail.stop();
  },
});

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

  test("an alarm and a test message arrive at a mail server", async ({ page, ca, mail }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Alarms");
    const delivery = page.getByRole("region", { name: "Delivery", exact: true });
    await delivery.getByLabel("Deliver by e-mail").check();
    await delivery.getByLabel("Mail server").fill("127.0.0.1");
    await delivery.getByLabel("Port", { exact: true }).fill(String(mail.port));
    await delivery.getByLabel("Security of the connection").selectOption("None, on the node's own machine");
    await delivery.getByLabel("From", { exact: true }).fill("Certway <certway@example.com>");
    await delivery.getByLabel("To, one address a line").fill("admins@example.com\nnight@example.com");
    await delivery.getByLabel("What is sent").selectOption("All alarms");
    await delivery.getByRole("button", { name: "Save delivery" }).click();
    await cas.frame.confirm();
    await expect(cas.frame.notice("The settings are saved.")).toBeVisible();
    await expect.poll(() => mail.mails().find((text) => text.includes("Alarm: temporary-certificate"))).toBeDefined();
    const [raised = ""] = mail.mails();
    expect(raised).toContain("From: Certway <certway@example.com>\n");
    expect(raised).toContain("To: admins@example.com, night@example.com\n");
    expect(raised).toContain("Alarm raised, warning: The node serves its temporary certificate");

    await delivery.getByRole("button", { name: "Send a test message by e-mail" }).click();
    await expect(delivery.getByText("Taken", { exact: true })).toBeVisible();
    const tried = mail.mails().find((text) => text.includes("Test: This message tries"));
    expect(tried).toContain("X-RcptTo: admins@example.com, night@example.com");
    const log = page.getByRole("region", { name: "Delivery log" });
    await expect(log.getByRole("row", { name: /raised temporary-certificate.*Sent/ })).toBeVisible();
    await expect(log.getByRole("row", { name: /test test.*Sent/ })).toBeVisible();

    // A server that has gone is told with its reason, and nothing is lost: the node goes on trying.
    await mail.stop();
    await delivery.getByRole("button", { name: "Send a test message by e-mail" }).click();
    await expect(delivery.getByText("Not taken", { exact: true })).toBeVisible();
  });

  test("a calendar program reads what expires when, with a password that is made, made anew and withdrawn on the page", async ({ page, node, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    await certificate.give(serverCertificate(ca, { days: 30 }));
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();
    await cas.frame.goTo("Alarms");
    const calendar = page.getByRole("region", { name: "Expiry calendar" });
    await expect(calendar.getByText("No password", { exact: true })).toBeVisible();
    await calendar.getByRole("button", { name: "Make a password" }).click();
    await cas.frame.confirm();
    const password = () => calendar.getByLabel("Password of the calendar", { exact: true }).innerText();
    const first = await password();
    expect(await calendar.getByLabel("Address", { exact: true }).innerText()).toBe(`${node.origin}/calendar.ics`);
    const user = await calendar.getByLabel("User name", { exact: true }).innerText();
    await expect(calendar.getByText(/Read by password made by admin, /)).toBeVisible();
    await calendar.getByText("It is shown this once").scrollIntoViewIfNeeded();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "expiry-calendar");
    const read = (password: string): Promise<Answer> => {
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
      return https(node.port, "GET", "/calendar.ics", { headers: { authorization } });
    };
    const answer = await read(first);
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/calendar; charset=utf-8"]);
    const end = turns(answer.body).find(({ summary }) => summary === "The active server certificate expires.");
    expect(end?.reminders).toEqual([-7]);
    expect(Date.parse(end?.at ?? "") - Date.now()).toBeGreaterThan(28 * 86_400_000);

    await calendar.getByRole("button", { name: "Make another password" }).click();
    await expect.poll(password).not.toBe(first);
    const second = await password();
    expect([(await read(first)).status, (await read(second)).status]).toEqual([401, 200]);
    await calendar.getByRole("button", { name: "Withdraw the password" }).click();
    await expect(calendar.getByText("No password", { exact: true })).toBeVisible();
    await expect(calendar.getByLabel("Password of the calendar")).toHaveCount(0);
    expect((await read(second)).status).toBe(401);
  });
});
