import type { Locator, Page } from "@playwright/test";
import { type Frame, signedInAt } from "./frame.ts";
import { PASSWORD } from "../support/node.ts";

/** Users > Administrator accounts. */
export class Accounts {
  constructor(
    readonly page: Page,
    readonly frame: Frame,
  ) {}

  static async of(page: Page): Promise<Accounts> {
    return new Accounts(page, await signedInAt(page, "/users/administrator-accounts", "Administrator accounts"));
  }

  region(name: string): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  row(table: "Users" | "API tokens", name: string): Locator {
    return this.region(table).getByRole("row").filter({ has: this.page.getByRole("rowheader", { name, exact: true }) });
  }

  /** Adds a user, whose password is that of all users here. */
  async add(name: string, role: string): Promise<void> {
    const form = this.region("Add a user");
    await form.getByLabel("Name").fill(name);
    await form.getByLabel("Role").selectOption(role);
    await form.getByLabel("First password, at least 12 characters").fill(PASSWORD);
    await form.getByRole("button", { name: "Add the user" }).click();
  }

  /** Opens the dialog in which a user is changed. */
  async change(name: string): Promise<Locator> {
    await this.page.getByRole("button", { name: `Change ${name}`, exact: true }).click();
    return this.page.getByRole("dialog", { name, exact: true });
  }
}
