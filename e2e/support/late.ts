import type { Page } from "@playwright/test";

/** An answer of the node that is on its way for as long as a journey wants it to be. */
export interface Late {
  /** Comes when the page has asked. */
  asked: Promise<unknown>;
  /** Lets the answer arrive. */
  letGo: () => Promise<void>;
}

/** Keeps back what the node answers to `address`. */
export async function keptBack(page: Page, address: string): Promise<Late> {
  const asked = page.waitForRequest(address);
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  await page.route(address, async (route) => {
    await gate;
    await route.continue();
  });
  const letGo = async (): Promise<void> => {
    const answered = page.waitForResponse(address);
    open();
    await (await answered).finished();
  };
  return { asked, letGo };
}
