import type { Locator, Page } from "@playwright/test";
import { type Frame, signedInAt } from "./frame.ts";

/** Maintenance > Security > Client certificate testing. */
export class ClientTesting {
  constructor(
    readonly page: Page,
    readonly frame: Frame,
  ) {}

  static async open(page: Page): Promise<ClientTesting> {
    const frame = await signedInAt(page, "/maintenance/security/client-certificate-testing", "Client certificate testing");
    const opened = new ClientTesting(page, frame);
    await opened.file.waitFor();
    return opened;
  }

  get file(): Locator {
    return this.page.getByRole("region", { name: "Test a client certificate" });
  }

  get result(): Locator {
    return this.file.getByRole("status", { name: "Result" });
  }

  get settings(): Locator {
    return this.page.getByRole("region", { name: "Client certificates of administrators" });
  }

  async paste(pem: string): Promise<void> {
    await this.file.getByLabel("Client certificate: paste").fill(pem);
  }

  async choose(mode: "not-required" | "validation" | "authentication"): Promise<void> {
    await this.settings.getByLabel("HTTPS client certificates").selectOption(mode);
  }
}
