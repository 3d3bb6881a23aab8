import { expect, type Locator, type Page } from "@playwright/test";
import { Frame } from "./frame.ts";
import { ServerCertificate } from "./server-certificate.ts";
import type { Pebble } from "../support/acme.ts";

/** How long an order may take. */
const ORDER_MS = 30_000;

/** The ACME Certificate Service on the server certificate page. */
export class AcmeService {
  readonly frame: Frame;
  readonly section: Locator;

  private constructor(
    readonly page: Page,
    readonly certificates: ServerCertificate,
  ) {
    this.frame = new Frame(page);
    this.section = page.getByRole("region", { name: "ACME Certificate Service", exact: true });
  }

  static async open(page: Page): Promise<AcmeService> {
    const opened = new AcmeService(page, await ServerCertificate.open(page));
    await opened.status.waitFor();
    return opened;
  }

  get status(): Locator {
    return this.section.getByRole("region", { name: "Status", exact: true });
  }

  get account(): Locator {
    return this.section.getByRole("region", { name: "Account", exact: true });
  }

  get order(): Locator {
    return this.section.getByRole("region", { name: "The certificate, and when" });
  }

  get signed(): Locator {
    return this.section.getByRole("region", { name: /^Signed, not served yet/ });
  }

  get names(): Locator {
    return this.order.getByLabel("Names of the certificate, one a line");
  }

  button(name: string): Locator {
    return this.section.getByRole("button", { name, exact: true });
  }

  get provider(): Locator {
    return this.section.getByRole("combobox", { name: "Provider", exact: true });
  }

  get directory(): Locator {
    return this.section.getByLabel("Directory URL (https://)");
  }

  get email(): Locator {
    return this.account.getByLabel("E-mail (optional)");
  }

  get acceptsTerms(): Locator {
    return this.account.getByRole("checkbox", { name: "I accept the terms of service" });
  }

  /** The row of *Old against new* about something. */
  difference(what: string): Locator {
    return this.signed.getByRole("table", { name: "Old against new" }).getByRole("row", { name: what });
  }

  /** Chooses a private provider and looks it up. */
  async chooseOther(pebble: Pebble): Promise<void> {
    await this.provider.selectOption("Other");
    await this.directory.fill(pebble.directory);
    await this.section.getByLabel("CA certificates of its server: browse").setInputFiles({
      name: "ca.pem", mimeType: "application/x-pem-file", buffer: Buffer.from(pebble.ca),
    });
    await expect(this.section.getByLabel("CA certificates of its server, PEM (optional)")).toHaveValue(/BEGIN/);
    await this.button("Look up").click();
    await this.frame.confirm();
    await this.section.getByText("Terms of service", { exact: true }).waitFor();
  }

  async saveProvider(): Promise<void> {
    await this.button("Save provider").click();
    await this.frame.notice("The settings of the ACME certificate service are saved.").waitFor();
  }

  async register(email: string): Promise<void> {
    await this.email.fill(email);
    await this.acceptsTerms.check();
    await this.account.getByRole("button", { name: "Register", exact: true }).click();
    await this.frame.notice("The node has an account with the provider.").waitFor();
  }

  /** Presses *Sign* and waits until it is over. */
  async sign(): Promise<void> {
    await this.button("Sign").click();
    await this.status.getByText("At work").waitFor();
    await this.status.getByText("At work").waitFor({ state: "detached", timeout: ORDER_MS });
  }

  async save(): Promise<void> {
    await this.button("Save").click();
    await this.order.getByText("Nothing is changed here.").waitFor();
  }

  /** Presses a button that asks first, and the answer in its dialog. */
  async agree(button: string, dialog: string, answer: string): Promise<void> {
    await this.button(button).click();
    await this.page.getByRole("dialog", { name: dialog }).getByRole("button", { name: answer, exact: true }).click();
  }
}
