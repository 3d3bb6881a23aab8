import fs from "node:fs";
import { expect, test } from "../support/test.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { serverCertificate } from "../support/material.ts";

test.describe("What happens when", () => {
  test("the clock is moved ahead: alarms come, and all of it goes into a calendar", async ({ page, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    await certificate.give(serverCertificate(ca, { days: 30 }));
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();

    await cas.frame.goTo("What happens when");
    const then = page.getByRole("region", { name: "What stands then" });
    await expect(then.getByText("No alarms")).toBeVisible();
    const slider = page.getByRole("slider", { name: "Days from now" });
    await slider.fill("25");
    await expect(page.getByRole("status").getByText(/, in 25 days$/)).toBeVisible();
    await expect(then.getByText(/^The server certificate expires in \d+ days/)).toBeVisible();
    await slider.fill("31");
    await expect(then.getByText(/^The certificate (has )?expired/)).toBeVisible();
    await expect(then.getByText("The active server certificate expires.")).toBeVisible();
    await page.getByRole("button", { name: "Back to now" }).click();
    await expect(then.getByText("No alarms")).toBeVisible();
    await page.getByRole("button", { name: "To the next turn" }).click();
    await expect(then.getByText(/^The server certificate expires in \d+ days/)).toBeVisible();
    await page.getByRole("button", { name: "Back by one turn" }).click();
    await expect(then.getByText("No alarms")).toBeVisible();

    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download as calendar (.ics)" }).click();
    const file = fs.readFileSync(await (await download).path(), "utf8");
    expect(file).toContain("BEGIN:VCALENDAR");
    expect(file.replaceAll("\r\n ", "")).toContain("SUMMARY:The active server certificate expires.");
  });
});
