/** Small drawings in one line, in the colour of the text around them. */

const PATHS: Record<string, string> = {
  input: "M3 4h10M3 8h10M3 12h6",
  image_input: "M2.5 3.5h11v9h-11zM2.5 10.5l3-3 3 3 2-2 3 3M10.5 6.2h.01",
  random_prompt: "M3 3h10v10H3zM5.5 5.5h.01M10.5 5.5h.01M8 8h.01M5.5 10.5h.01M10.5 10.5h.01",
  interception: "M3 13l7-7M11.5 2v3M10 3.5h3M13 8v2M12 9h2M8.5 4.5l3 3",
  translation: "M2 4h7M5.5 2.5V4M7.5 4c-.5 3-2.5 5-5 6M3.5 6.5C4.5 8.5 6 9.5 8 10.5M8 14l3-7 3 7M9 12h4",
  model_adaption: "M2 5h5M11 5h3M9 3v4M2 11h3M9 11h5M7 9v4",
  language: "M3 13l7-7M11.5 2v3M10 3.5h3",
  seed: "M8 14V8M8 8c0-3-2-5-5-5 0 3 2 5 5 5zM8 10c0-2 2-4 5-4 0 2-2 4-5 4z",
  resolution: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  quality: "M2.5 11a5.5 5.5 0 1 1 11 0M8 11l2.5-4",
  parameter: "M2 5h7M13 5h1M11 3v4M2 11h2M8 11h6M6 9v4",
  generation: "M8 1.8l1.6 4.6 4.6 1.6-4.6 1.6L8 14.2 6.4 9.6 1.8 8l4.6-1.6z",
  judge: "M8 2.5v11M4.5 13.5h7M3 5h10M3 5L1.5 9h3zM13 5l-1.5 4h3z",
  image_evaluation: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6",
  comparison_evaluator: "M2 3h5v10H2zM9 3h5v10H9z",
  display: "M2 3h12v8H2zM6 14h4M8 11v3",
  collector: "M2 9l1.5-6h9L14 9v4H2zM2 9h3.5l1 1.5h3l1-1.5H14",
  output: "M2 9l1.5-6h9L14 9v4H2z",
  undo: "M5.5 3L2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H7",
  redo: "M10.5 3l3 3-3 3M13.5 6H6a3.5 3.5 0 0 0 0 7h3",
  layout: "M2 6.5h3.5v3H2zM10.5 2.5H14v3h-3.5zM10.5 10.5H14v3h-3.5zM5.5 8H8M8 4v8M8 4h2.5M8 12h2.5",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M6 6h4v4H6z",
  plus: "M8 3v10M3 8h10",
  zoomIn: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3L14 14M7 5v4M5 7h4",
  zoomOut: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3L14 14M5 7h4",
  close: "M4 4l8 8M12 4l-8 8",
  run: "M4.5 2.8v10.4L13 8z",
  stop: "M4 4h8v8H4z",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3L14 14",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  vary: "M2 12c2 0 2-8 4-8s2 8 4 8 2-8 4-8",
  link: "M6.5 9.5l3-3M5 7L3.5 8.5a2.5 2.5 0 0 0 3.5 3.5L8.5 10.5M11 9l1.5-1.5A2.5 2.5 0 0 0 9 4L7.5 5.5",
  warning: "M8 2L1.5 13.5h13zM8 6.5v3.5M8 12h.01",
  check: "M3 8.5l3.5 3.5L13 4.5",
  help: "M6 6a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.8M8 12.5h.01",
  code: "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5",
  full: "M9.5 2.5h4v4M13.5 2.5l-4.5 4.5M6.5 13.5h-4v-4M2.5 13.5L7 9",
};

export function Icon({ name, size = 16 }: { name: string; size?: number }) {
  return (
    <svg className="ckw-icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name] ?? PATHS.more} />
    </svg>
  );
}

/** The drawing of a node type: its own, or that of its role. */
export function typeIcon(type: { type: string; category: string } | null): string {
  if (!type) return "help";
  return type.type in PATHS ? type.type : type.category;
}
