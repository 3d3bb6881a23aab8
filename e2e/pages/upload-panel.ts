import { expect, type Locator } from "@playwright/test";

/** The boxes for files, the live report, and the button. */
export class UploadPanel {
  constructor(readonly region: Locator) {}

  /** Chooses a file for a box, and waits until the page has read it: what was judged before counts no more then. */
  async give(box: string, name: string, content: string | Uint8Array): Promise<void> {
    const buffer = Buffer.from(content as Uint8Array);
    await this.region.getByLabel(`${box}: browse`).setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await this.region.getByRole("button", { name: `Remove ${name}` }).first().waitFor();
  }

  /** Drops a file onto a box. */
  async drop(box: string, name: string, content: string): Promise<void> {
    const data = await this.region.page().evaluateHandle(
      ([name, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], name));
        return data;
      },
      [name, content] as const,
    );
    for (const event of ["dragover", "drop"]) await this.box(box).dispatchEvent(event, { dataTransfer: data });
  }

  /** Pastes text into a box. */
  async paste(box: string, text: string): Promise<void> {
    await this.region.getByLabel(`${box}: paste`).fill(text);
  }

  box(label: string): Locator {
    return this.region.getByRole("group", { name: label, exact: true });
  }

  /** The verdict in one sentence. */
  verdict(text: string | RegExp): Locator {
    return this.region.getByRole("status").getByText(text);
  }

  get findings(): Locator {
    return this.region.getByRole("list", { name: "Findings, worst first" }).locator("> li");
  }

  /** A finding with exactly this message. */
  finding(message: string): Locator {
    return this.findings.filter({ has: this.region.page().getByText(message, { exact: true }) });
  }

  button(label: string): Locator {
    return this.region.getByRole("button", { name: label, exact: true });
  }

  /** Sends what is chosen. A press counts for nothing just when the page judges anew by itself, since the node has told it of another CA. */
  async send(label: string): Promise<void> {
    const taken = this.region.locator("#send-effect").filter({ hasText: /^(Sending to the node|Choose a file first)/ });
    const refused = this.region.locator(".send .field-error:not(:empty)");
    await expect(async () => {
      await this.button(label).click({ timeout: 5_000 });
      await taken.or(refused).first().waitFor({ timeout: 1_000 });
    }).toPass();
  }

  /** Whatever was asked is answered: the judge says how long it took. */
  async judged(): Promise<void> {
    await this.region.getByText(/Judged in \d+ ms, in this browser/).waitFor({ timeout: 30_000 });
  }
}
