import type { Locator, Page } from "@playwright/test";

/** The handbook inside the page. */
export class Help {
  constructor(readonly page: Page) {}

  /** Opens an address of the handbook; what follows `/help`. */
  static async open(page: Page, place = "", title = "Help"): Promise<Help> {
    await page.goto(`/help${place}`);
    const help = new Help(page);
    await help.title(title).waitFor();
    return help;
  }

  title(name: string): Locator {
    return this.page.getByRole("heading", { level: 1, name, exact: true });
  }

  get contents(): Locator {
    return this.page.getByRole("navigation", { name: "Handbook" });
  }

  get article(): Locator {
    return this.page.getByRole("article");
  }

  section(name: string): Locator {
    return this.article.getByRole("heading", { name, exact: true });
  }

  async search(text: string): Promise<void> {
    await this.page.getByLabel("Search the headings").fill(text);
  }
}
