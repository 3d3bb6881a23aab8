import type { Locator, Page } from "@playwright/test";
import { UploadPanel } from "./upload-panel.ts";

/** Check: judges in the browser, without signing in. */
export class Check {
  readonly panel: UploadPanel;

  constructor(readonly page: Page) {
    this.panel = new UploadPanel(page.getByRole("region", { name: "Files and report" }));
  }

  static async open(page: Page): Promise<Check> {
    await page.goto("/check");
    await page.getByRole("heading", { level: 1, name: "Check" }).waitFor();
    return new Check(page);
  }

  async judgeAs(kind: "Server certificate" | "Private key" | "Trusted CA certificates" | "Revocation list (CRL)"): Promise<void> {
    await this.page.getByRole("radio", { name: kind, exact: true }).check();
  }

  get samples(): Locator {
    return this.page.getByLabel("Sample files to try");
  }
}
