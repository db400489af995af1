"""Work on archives: object stores, page files, Dask, Parquet, training runs. No orchestration."""
