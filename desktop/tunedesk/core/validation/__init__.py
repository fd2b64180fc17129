"""The rules a dataset must keep, one function each, and the report on a row or a file."""

from tunedesk.core.validation.dataset import DatasetChecker, DatasetReport, check_rows
from tunedesk.core.validation.length import Target
from tunedesk.core.validation.rows import check_row

__all__ = ["DatasetChecker", "DatasetReport", "Target", "check_row", "check_rows"]
