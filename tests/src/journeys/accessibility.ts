import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const WIDTHS = [360, 1440] as const;
const SCHEMES = ['light', 'dark'] as const;

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** All of axe's rules, also the one of WCAG 2.2 that it leaves out unless told: what is pressed is 24 px wide. */
const OPTIONS: RunOptions = { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };

/**
 * A colour that is inherited fades from element to element; axe would read one of those in between. What is blurred
 * takes a second a frame to draw without a graphics card, and axe does not look at it.
 */
const STILL = `*, ::before, ::after {
  animation: none !important; transition: none !important; backdrop-filter: none !important;
}`;

/** The scheme is in force and drawn. The viewer is always dark. */
const SETTLED = `async (scheme) => {
  const expected = location.pathname.startsWith('/session/') ? 'dark' : scheme;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  while (document.documentElement.dataset.mantineColorScheme !== expected) await frame();
  await frame();
  await frame();
}`;

/**
 * Whether everybody can use what the page shows now, as far as axe can tell: in light and in dark, on a phone and on a
 * desk. Each violation is told with what is shown, the rule and the element. The window is as wide as before afterwards.
 */
export async function violationsOf(page: Page, shown: string): Promise<string[]> {
  const before = page.viewportSize();
  const height = before?.height ?? 800;
  const complaints: string[] = [];
  // A tooltip that happens to be there is no part of the page.
  await page.mouse.move(0, 0);
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(axe);
  await page.evaluate(`window.orangeryStill = new CSSStyleSheet(); orangeryStill.replaceSync(${JSON.stringify(STILL)});
    document.adoptedStyleSheets.push(orangeryStill)`);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height });
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.evaluate(`(${SETTLED})('${scheme}')`);
      const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(OPTIONS)})`);
      for (const { id, help, nodes } of violations) {
        for (const { target, html, failureSummary } of nodes) {
          complaints.push(
            `${shown}, ${scheme}, ${width} px: ${id} (${help})\n  ${target.join(' ')}\n  ${html}\n  ${failureSummary ?? ''}`,
          );
        }
      }
    }
  }
  await page.evaluate(
    `document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== orangeryStill)`,
  );
  await page.emulateMedia({ colorScheme: null });
  if (before !== null) await page.setViewportSize(before);
  return complaints;
}
