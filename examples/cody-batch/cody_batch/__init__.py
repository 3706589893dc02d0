"""Cody Batch: jobs that run over many repositories. One module a part of its one stack."""
