import type { Locator, Page } from "@playwright/test";
import { type Frame, signedInAt } from "./frame.ts";
import type { Pair } from "../support/material.ts";
import { UploadPanel } from "./upload-panel.ts";

/** Maintenance > Security > Trusted CA certificate. */
export class TrustedCas {
  readonly panel: UploadPanel;

  constructor(
    readonly page: Page,
    readonly frame: Frame,
  ) {
    this.panel = new UploadPanel(page.getByRole("region", { name: "Append CA certificate" }));
  }

  static async open(page: Page): Promise<TrustedCas> {
    const frame = await signedInAt(page, "/maintenance/security/trusted-ca-certificate", "Trusted CA certificate");
    const opened = new TrustedCas(page, frame);
    await opened.grid.waitFor();
    return opened;
  }

  /** The page, with one CA more in the list. */
  static async with(page: Page, ca: Pair): Promise<TrustedCas> {
    const opened = await TrustedCas.open(page);
    await opened.give(ca.certificate);
    await opened.append();
    await opened.frame.notice(/^1 added/).waitFor();
    return opened;
  }

  get grid(): Locator {
    return this.page.getByRole("grid", { name: "Trusted CA certificates" });
  }

  row(name: string): Locator {
    return this.grid.getByRole("row").filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** 'm of 1000'. */
  count(text: string | RegExp): Locator {
    return this.page.getByRole("status").getByText(text);
  }

  async give(file: string, name = "cas.pem"): Promise<void> {
    await this.panel.give("CA certificates", name, file);
    await this.panel.judged();
  }

  async append(): Promise<void> {
    await this.panel.send("Append CA certificate");
  }

  async tick(name: string): Promise<void> {
    await this.page.getByRole("checkbox", { name: `Choose ${name}`, exact: true }).check();
  }

  /** Presses 'Delete' and agrees; the node asks for the password. */
  async deleteChosen(): Promise<void> {
    await this.page.getByRole("button", { name: "Delete", exact: true }).click();
    await this.page.getByRole("dialog", { name: /^Delete / }).getByRole("button", { name: "Delete", exact: true }).click();
  }

  async reset(): Promise<void> {
    const label = "Reset to default CA certificate";
    await this.page.getByRole("button", { name: label, exact: true }).click();
    await this.page.getByRole("dialog", { name: label }).getByRole("button", { name: label, exact: true }).click();
  }
}
