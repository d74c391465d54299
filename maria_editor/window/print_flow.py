"""Printing and PDF."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QIODevice, QObject, QSaveFile, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPageSize, QPdfWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from maria_editor.editor.page import Page
from maria_editor.editor.printing import print_text
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.file_names import typed_path
from maria_editor.window.notice import Notice, NoticeStrip, Step


class PrintFlow(QObject):
    """Puts the text of one page on paper, or into a PDF."""

    def __init__(
        self,
        page: Page,
        files: FileFlow,
        actions: Actions,
        notices: NoticeStrip,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._page = page
        self._files = files
        self._notices = notices
        self._window = window
        actions["print"].triggered.connect(self.print)
        actions["export_pdf"].triggered.connect(self.export_pdf)

    def print(self) -> None:
        """Ask for a printer and print."""
        # Not at the start of the program: few print, and this loads the system's printing.
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._files.title)
        dialog = QPrintDialog(printer, self._window)
        dialog.setWindowTitle(self.tr("Print"))
        if dialog.exec() and not print_text(self._page.text(), printer):
            news = self.tr("The printer did not take the text.")
            self._warn(news, self.tr("Check the printer, or export as PDF."))

    def export_pdf(self) -> None:
        """Ask for a name and write a PDF there."""
        path = self._files.path or Path(f"{self._files.title}.md")
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Export as PDF"),
            str(path.with_suffix(".pdf")),
            self.tr("PDF (*.pdf)"),
        )
        target = typed_path(self._theme, self._window, name, ".pdf") if name else None
        if target is not None:
            self.write_pdf(target)

    def write_pdf(self, path: Path) -> bool:
        """Write a PDF, whole or not at all; return whether that worked."""
        file = QSaveFile(str(path))
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            is_written = file.open(QIODevice.OpenModeFlag.WriteOnly) and self._write(file)
        finally:
            QGuiApplication.restoreOverrideCursor()
        if not is_written:
            news = self.tr("Could not write {name}.").format(name=path.name)
            self._warn(news, self.tr("Choose another folder."))
            return False
        step = Step(
            self.tr("Open it"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))),
        )
        news = self.tr("{name} is written.").format(name=path.name)
        self._notices.show_notice(Notice(news, "", (step,)))
        return True

    def _write(self, file: QSaveFile) -> bool:
        writer = QPdfWriter(file)
        writer.setTitle(self._files.title)
        writer.setCreator("Maria Editor")
        writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        is_printed = print_text(self._page.text(), writer)
        return is_printed and file.commit()

    def _warn(self, news: str, rest: str) -> None:
        self._notices.show_notice(Notice(news, rest, is_warning=True))
