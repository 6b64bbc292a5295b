/** What the bundle gives: a function for each view, for the loader in a cell and the Lab extension. */

export { mountEditor } from "./editor/mount";
export { mountGallery } from "./gallery/mount";
export { showInCell } from "./hosts/cell";
export { mountJob, mountJobs } from "./panel/mount";
