import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { servedNow } from "../support/https.ts";
import { fingerprint, serverCertificate } from "../support/material.ts";
import { Nginx } from "../support/nginx.ts";
import { NAME, Node } from "../support/node.ts";
import { pictures } from "../support/pictures.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";

const test = base.extend<{ nginx: Nginx }>({
  nginx: async ({ ca }, use) => {
    const nginx = await Nginx.start(serverCertificate(ca));
    await use(nginx);
    await nginx.stop();
  },

  node: async ({ nginx }, use) => {
    const node = await Node.start({ configuration: nginx.service });
    await use(node);
    await node.stop();
  },
});

test.describe("A server beside the node", () => {
  test("is given the certificate that is uploaded, keeps the former one when it cannot serve it, and is given it again", async ({ page, ca, nginx }) => {
    const { frame } = await TrustedCas.with(page, ca);
    await frame.goTo("Services");
    const service = page.getByRole("region", { name: "nginx" });
    await expect(service.getByText("Nothing to give: the node serves its temporary certificate")).toBeVisible();
    await expect(service.getByRole("button", { name: "Publish again" })).toHaveCount(0);

    const served = async () => (await servedNow(nginx.port, NAME)).leaf.fingerprint256.replaceAll(":", "").toLowerCase();
    const load = async () => {
      const pair = serverCertificate(ca);
      await frame.goTo("Server certificate");
      const certificate = new ServerCertificate(page);
      await certificate.give(pair);
      await certificate.upload();
      await expect(certificate.outcome).toBeVisible();
      await frame.goTo("Services");
      return fingerprint(pair.certificate);
    };
    const first = await load();
    await expect(service.getByText("Has the active certificate")).toBeVisible();
    // A worker that is being replaced may answer for a moment.
    await expect.poll(served).toBe(first);

    nginx.break();
    const second = await load();
    await expect(service.getByText("Does not have the active certificate")).toBeVisible();
    await expect(service.getByText("no-such-file.pem")).toBeVisible();
    await expect(frame.bell).toHaveAccessibleName("1 alarm");
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "services");
    expect(await served()).toBe(first);

    nginx.mend();
    await service.getByRole("button", { name: "Publish again" }).click();
    await expect(service.getByText("Has the active certificate")).toBeVisible();
    await expect.poll(served).toBe(second);
  });
});
