import type { Locator, Page } from "@playwright/test";
import { type Frame, signedInAt } from "./frame.ts";
import type { Node } from "../support/node.ts";

/** System > Clustering. */
export class Clustering {
  constructor(
    readonly page: Page,
    readonly frame: Frame,
  ) {}

  /** The page of a node, signed in to as its administrator. */
  static async of(page: Page, node: Node): Promise<Clustering> {
    return new Clustering(page, await signedInAt(page, `${node.origin}/system/clustering`, "Clustering"));
  }

  region(name: string): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async found(): Promise<void> {
    await this.button("Found a cluster").click();
    await this.frame.confirm();
    await this.frame.notice("The cluster is founded.").waitFor();
  }

  /** Makes a join token and reads it. */
  async token(): Promise<string> {
    await this.button("Make a join token").click();
    return this.region("Join token").getByLabel("Join token", { exact: true }).innerText();
  }

  async join(token: string): Promise<void> {
    await this.page.getByLabel("Join token").fill(token);
    await this.button("Join a cluster").click();
    await this.frame.confirm();
  }

  /** The row of a node. */
  node(name: string): Locator {
    return this.region("Nodes").getByRole("row").filter({ has: this.page.getByRole("rowheader", { name }) });
  }

  /** What `verifier` thinks of the node in that column of the table. */
  verdict(verifier: string, column: number): Locator {
    const row = this.region("Who verifies whom").getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: verifier }) });
    return row.getByRole("cell").nth(column);
  }

  /** Says where peers reach a node. */
  async address(name: string, address: string): Promise<void> {
    await this.button(`Change address of ${name}`).click();
    const dialog = this.page.getByRole("dialog", { name: `Address of ${name}` });
    await dialog.getByLabel("Address, HOST:PORT").fill(address);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  get mode(): Locator {
    return this.region("TLS verification mode");
  }

  async choose(mode: "Permissive" | "Enforce"): Promise<void> {
    await this.mode.getByLabel(mode).check();
    await this.mode.getByRole("button", { name: "Save" }).click();
  }
}
