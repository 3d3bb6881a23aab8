import type { Locator, Page } from "@playwright/test";
import { PASSWORD } from "../support/node.ts";

export type PageName = "Overview" | "Alarms" | "Event log" | "Server certificate" | "Client certificate" | "Trusted CA certificate" | "CRL management" | "Client certificate testing" | "Security level" | "TLS settings" | "Verify a path" | "What happens when" | "Services" | "Clustering" | "Change of certificates" | "Administrator accounts" | "Backup and restore" | "Check" | "Help";

/** What stands around every page: the rail, the bar above, messages. */
export class Frame {
  constructor(readonly page: Page) {}

  /** Goes to a page by the rail, as a person does. */
  async goTo(name: PageName): Promise<void> {
    await this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();
    await this.page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  }

  /** A message about what was just done. */
  notice(text: string | RegExp): Locator {
    return this.page.getByRole("status").getByText(text).first();
  }

  get bell(): Locator {
    return this.page.getByRole("banner").getByRole("link", { name: /alarm/ });
  }

  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out" }).click();
  }

  /** Gives the password once more, if the node asks for it. */
  async confirm(): Promise<void> {
    const dialog = this.page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.getByLabel("Password").fill(PASSWORD);
    await dialog.getByRole("button", { name: "Confirm" }).click();
  }
}

export class SignIn {
  constructor(readonly page: Page) {}

  async open(path = "/"): Promise<void> {
    await this.page.goto(path);
    await this.heading.waitFor();
  }

  get heading(): Locator {
    return this.page.getByRole("heading", { level: 1, name: "Sign in" });
  }

  async as(user: string, password: string): Promise<void> {
    // The page that one signs out of has fields too.
    await this.heading.waitFor();
    await this.page.getByLabel("User").fill(user);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }
}

/** Opens a page as the administrator. */
export async function signedInAt(page: Page, path: string, heading: string): Promise<Frame> {
  const signIn = new SignIn(page);
  await signIn.open(path);
  await signIn.as("admin", PASSWORD);
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  return new Frame(page);
}
