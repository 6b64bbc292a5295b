"""The workbench: canvases edited, run, looked through and judged in JupyterLab.

Everything that it can do is a Python call too; what a page shows is a view of that.
"""
