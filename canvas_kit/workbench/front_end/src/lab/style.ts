import css from "./lab.css";

/** Add our few rules to the page, once. */
export function addStyle(): void {
  if (document.querySelector("style[data-ckw=lab]")) return;
  const style = document.createElement("style");
  style.dataset.ckw = "lab";
  style.textContent = css;
  document.head.append(style);
}
