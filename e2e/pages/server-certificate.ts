import type { Locator, Page } from "@playwright/test";
import { signedInAt } from "./frame.ts";
import { UploadPanel } from "./upload-panel.ts";
import type { Pair } from "../support/material.ts";

/** Maintenance > Security > Server certificate. */
export class ServerCertificate {
  readonly panel: UploadPanel;

  constructor(readonly page: Page) {
    this.panel = new UploadPanel(page.getByRole("region", { name: "Upload new certificate" }));
  }

  static async open(page: Page): Promise<ServerCertificate> {
    await signedInAt(page, "/maintenance/security/server-certificate", "Server certificate");
    const opened = new ServerCertificate(page);
    await opened.slot("Active: served now").waitFor();
    return opened;
  }

  slot(title: "Active: served now" | "Pending: stored, not loaded" | "Previous"): Locator {
    return this.page.getByRole("region", { name: title, exact: true });
  }

  async give(pair: Pair): Promise<void> {
    await this.panel.give("Server certificate", "server.pem", pair.certificate);
    await this.panel.give("Server private key", "server.key", pair.key);
    await this.panel.judged();
  }

  async upload(): Promise<void> {
    await this.panel.send("Upload server certificate data");
  }

  get outcome(): Locator {
    return this.page.getByRole("region", { name: "Outcome of the upload" });
  }

  /** Presses a button that asks first, and the button of the same name in its dialog. */
  async agree(button: string, dialog: string, answer: string): Promise<void> {
    await this.page.getByRole("button", { name: button, exact: true }).click();
    await this.page.getByRole("dialog", { name: dialog }).getByRole("button", { name: answer, exact: true }).click();
  }
}
