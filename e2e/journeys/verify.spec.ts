import { expect, test } from "../support/test.ts";
import { rootCa, serverCertificate, subordinateCa } from "../support/material.ts";

test.describe("Verify a path", () => {
  test("draws the path, and without one every path that was tried with every reason; nothing is sent", async ({ page, sent }) => {
    const [first, second] = [rootCa("First Root"), rootCa("Second Root")];
    const issuing = subordinateCa(first, "Issuing");
    const crossed = subordinateCa(second, "Issuing", issuing.key);
    const leaf = serverCertificate(issuing, { commonName: "a.example.com", names: ["DNS:a.example.com"] });
    await page.goto("/tools/verify");
    await page.getByRole("heading", { level: 1, name: "Verify a path" }).waitFor();
    const form = page.getByRole("form", { name: "What is verified" });
    const file = (label: string, ...pem: string[]) =>
      form.getByLabel(new RegExp(`^${label}`)).setInputFiles(pem.map((text, number) => ({ name: `${number}.pem`, mimeType: "application/x-pem-file", buffer: Buffer.from(text) })));
    await form.getByRole("button", { name: "Verify" }).click();
    await expect(form.getByText("Choose the certificate first.")).toBeVisible();

    await file("Certificate", leaf.certificate);
    await file("Trusted CAs", first.certificate);
    await file("Other certificates", issuing.certificate);
    await form.getByLabel("Purpose").selectOption("server");
    await form.getByLabel(/^Name that/).fill("a.example.com");
    await form.getByRole("button", { name: "Verify" }).click();
    const path = page.getByRole("region", { name: "Path", exact: true });
    await expect(path.getByText("It chains to a trusted CA.")).toBeVisible();
    await expect(path.getByRole("listitem").filter({ hasText: "Sound" })).toHaveCount(3);

    await form.getByLabel(/^Name that/).fill("b.example.com");
    await file("Other certificates", issuing.certificate, crossed.certificate);
    await file("Trusted CAs", rootCa("Other Root").certificate);
    await form.getByRole("button", { name: "Verify" }).click();
    await expect(path.getByText("Not valid")).toBeVisible();
    await expect(path.getByText(/name-mismatch/)).toBeVisible();
    await expect(path.getByText("Missing").first()).toBeVisible();
    const another = page.getByRole("region", { name: "Another path 1" });
    await expect(another.getByText("Missing").first()).toBeVisible();
    expect(sent, "nothing is sent").toEqual([]);
  });
});
