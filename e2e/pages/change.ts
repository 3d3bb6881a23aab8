import type { Locator, Page } from "@playwright/test";
import { type Frame, signedInAt } from "./frame.ts";
import { UploadPanel } from "./upload-panel.ts";

/** System > Change of certificates. */
export class Change {
  readonly newCas: UploadPanel;

  constructor(
    readonly page: Page,
    readonly frame: Frame,
  ) {
    this.newCas = new UploadPanel(page.getByRole("region", { name: "New CA certificates" }));
  }

  static async open(page: Page): Promise<Change> {
    return new Change(page, await signedInAt(page, "/system/change", "Change of certificates"));
  }

  region(name: string): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async append(pem: string): Promise<void> {
    await this.newCas.give("CA certificates", "new-ca.pem", pem);
    await this.newCas.judged();
  }

  /** Times in seconds; without `confirm` the change goes on by itself. */
  async times(times: { observe: number; settle: number; recover: number; confirm?: number }): Promise<void> {
    await this.page.getByText("Times", { exact: true }).click();
    await this.page.getByLabel("Observe, in seconds").fill(String(times.observe));
    await this.page.getByLabel("Settle, in seconds").fill(String(times.settle));
    await this.page.getByLabel("Recover, in seconds").fill(String(times.recover));
    if (times.confirm === undefined) await this.page.getByLabel("Go on by itself").check();
    else await this.page.getByLabel("Confirm within, in seconds").fill(String(times.confirm));
  }

  /** Presses 'Plan', and waits for what the node says of it. */
  async plan(verdict: string): Promise<void> {
    await this.button("Plan").click();
    await this.region("Plan").getByText(verdict).waitFor();
  }

  async begin(): Promise<void> {
    await this.button("Begin the change").click();
    await this.frame.confirm();
    await this.region("The change").waitFor();
  }

  /** How the change stands, in one line. */
  standing(text: string): Locator {
    return this.region("The change").getByText(text, { exact: true });
  }

  get currentStep(): Locator {
    return this.region("Steps").locator("[aria-current=step]");
  }

  /** The row of a node. */
  node(name: string): Locator {
    return this.region("Nodes").getByRole("row").filter({ has: this.page.getByRole("rowheader", { name }) });
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Log of the change" });
  }
}
