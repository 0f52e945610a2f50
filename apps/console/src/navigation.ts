import type { Link } from "./status.ts";

/** The console's pages, in the order of its navigation; each is a file in `page/`. */
export const pages = [
  { label: "Flow", href: "/", file: "index.html" },
  { label: "Logs", href: "/logs", file: "logs.html" },
  { label: "Metrics", href: "/charts", file: "metrics.html" },
  { label: "Alerts", href: "/alerts", file: "alerts.html" },
  { label: "Comparisons", href: "/comparisons", file: "comparisons.html" },
] as const;

/** Links to the pages, `here` among them, and to what lies outside the console. */
export function navigation(here: string, links: readonly Link[]): string {
  const own = pages.map(({ label, href }) => anchor({ label, href }, href === here ? ' aria-current="page"' : ""));
  return [...own, ...links.map((link) => anchor(link, ' class="outside"'))].join("\n");
}

function anchor({ label, href }: Link, attributes: string): string {
  return `<a href="${escapeHtml(href)}"${attributes}>${escapeHtml(label)}</a>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
