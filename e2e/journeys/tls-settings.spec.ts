import tls from "node:tls";
import { accessibilityFaults, expect, test } from "../support/test.ts";
import { signedInAt } from "../pages/frame.ts";
import { pictures } from "../support/pictures.ts";

/** The version of a handshake that offers no more than `maxVersion`; nothing, if the node does not take it. */
function handshake(port: number, maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion }, () => {
      resolve(socket.getProtocol() ?? undefined);
      socket.destroy();
    });
    socket.on("error", () => resolve(undefined));
  });
}

test("TLS settings are shown, chosen, and in force at once, without a restart", async ({ page, node }) => {
  const frame = await signedInAt(page, "/maintenance/security/tls-settings", "TLS settings");
  const intermediate = page.getByRole("region", { name: "Intermediate: TLS 1.2 and 1.3" });
  await expect(intermediate.getByText("In force")).toBeVisible();
  await expect(intermediate.getByText("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")).toBeVisible();
  expect(await handshake(node.port, "TLSv1.2")).toBe("TLSv1.2");
  expect(await accessibilityFaults(page)).toEqual([]);
  await pictures(page, "tls-settings");

  const modern = page.getByRole("region", { name: "Modern: TLS 1.3 only" });
  await modern.getByRole("button", { name: "Take this profile" }).click();
  await frame.confirm();
  await expect(frame.notice("The profile 'Modern: TLS 1.3 only' is in force.")).toBeVisible();
  await expect(modern.getByText("In force")).toBeVisible();
  await expect(intermediate.getByText("In force")).toHaveCount(0);
  expect(await handshake(node.port, "TLSv1.2")).toBe(undefined);
  expect(await handshake(node.port, "TLSv1.3")).toBe("TLSv1.3");

  // The browser comes back with the ticket of a session that the next profile would not make.
  const high = page.getByRole("region", { name: "High: TLS 1.3, AES-256" });
  await high.getByRole("button", { name: "Take this profile" }).click();
  await expect(high.getByText("In force")).toBeVisible();
  await page.reload();
  await expect(high.getByText("In force")).toBeVisible();
});
